"""The extension for VS Code: what package.json contributes, against the schema rules, the adapter and a stand-in."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support.tools import require_tool

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "editors" / "vscode"
MANIFEST: dict[str, Any] = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
DEBUGGER: dict[str, Any] = MANIFEST["contributes"]["debuggers"][0]
STANDARD = {"type": "v7m", "request": "launch", "name": "x"}
"""What every configuration has; VS Code checks these itself."""


def schema(request: str) -> dict[str, Any]:
    """Return the JSON schema of a configuration as VS Code makes it, closed."""
    attributes = DEBUGGER["configurationAttributes"][request]
    properties = {**attributes["properties"], **{name: {"type": "string"} for name in STANDARD}}
    return {**attributes, "type": "object", "properties": properties, "additionalProperties": False}


def attributes_that_the_adapter_reads() -> dict[str, set[str]]:
    """Return the names that lifecycle.py asks the arguments of launch and attach for, by request."""
    tree = ast.parse((ROOT / "emulator" / "dap" / "lifecycle.py").read_text(encoding="utf-8"))
    names: dict[str, set[str]] = {}
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            names[function.name] = {
                node.args[0].value
                for node in ast.walk(function)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and ast.unparse(node.func.value) in ("arguments", "session.launched")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            }
    shared = names["_connect"] | names["_prepare"] | names["_read_program"] | names["_begin"] | names["_in_folder"]
    return {"launch": shared | names["launch"] | names["_server"] | names["_board"], "attach": shared | names["attach"]}


@pytest.mark.parametrize("request_", ["launch", "attach"])
def test_the_attributes_of_a_configuration_are_those_that_the_adapter_reads(request_: str) -> None:
    read = attributes_that_the_adapter_reads()[request_] - {"noDebug"}  # which VS Code sets by itself
    assert set(DEBUGGER["configurationAttributes"][request_]["properties"]) == read


@pytest.mark.parametrize("request_", ["launch", "attach"])
def test_every_attribute_is_described_and_its_default_is_one_of_its_values(request_: str) -> None:
    jsonschema.Draft7Validator.check_schema(schema(request_))
    for name, attribute in DEBUGGER["configurationAttributes"][request_]["properties"].items():
        assert attribute["description"].endswith("."), name
        jsonschema.Draft7Validator(attribute).validate(attribute["default"])


def plain(value: Any) -> Any:
    """Return a snippet's body as it is inserted: the defaults of its places, and raw JSON where it says ``^``."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    is_raw = value.startswith("^")
    text = re.sub(r"(?<!\\)\$\{\d+:([^}]*)\}", r"\1", value.removeprefix("^")).replace("\\$", "$")
    return json.loads(text) if is_raw else text


def test_every_snippet_and_the_first_configuration_are_valid() -> None:
    bodies = [plain(snippet["body"]) for snippet in DEBUGGER["configurationSnippets"]]
    assert bodies[0]["program"] == "${workspaceFolder}/main.elf"
    for body in [*bodies, *DEBUGGER["initialConfigurations"]]:
        jsonschema.Draft7Validator(schema(body["request"])).validate(body)
        assert set(STANDARD) <= set(body) and body["type"] == DEBUGGER["type"]


def test_breakpoints_can_be_set_in_every_language_of_the_debugger() -> None:
    languages = {one["language"] for one in MANIFEST["contributes"]["breakpoints"]}
    assert set(DEBUGGER["languages"]) <= languages


def test_what_the_manifest_names_is_there_and_nothing_else_is_packed() -> None:
    assert (FOLDER / MANIFEST["main"]).is_file()
    assert {path.name for path in FOLDER.iterdir()} - {"node_modules"} == {
        *("package.json", "package-lock.json", "extension.js", "README.md", ".vscodeignore"),
    }
    assert MANIFEST["activationEvents"] and all("v7m" in event for event in MANIFEST["activationEvents"])
    assert "dependencies" not in MANIFEST
    versions = MANIFEST["devDependencies"].values()
    assert all(re.fullmatch(r"[0-9.]+", version) for version in versions), "a pinned version"
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["devDependencies"] == MANIFEST["devDependencies"]


def test_the_extension_starts_the_adapter_as_the_settings_say() -> None:
    command = [require_tool("node"), str(Path(__file__).parent / "vscode" / "activate.js"), str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert found["type"] == found["providedType"] == DEBUGGER["type"]
    assert found["plain"] == {"command": "v7m", "args": ["dap"]}
    assert found["own"] == {
        "command": "/src/project/.venv/bin/v7m",
        "args": ["dap", "--log", "/src/project/dap.log"],
    }
    assert found["none"] is None and found["one"]["program"] == found["picked"]["program"] == "/p/b.elf"
    jsonschema.Draft7Validator(schema("launch")).validate(found["one"])
    assert found["given"] == {"type": "v7m", "request": "attach", "name": "x"}
    assert found["disposables"] == 2
