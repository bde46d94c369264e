"""The one thing pyproject.toml cannot say: extensions that are left out where there is no C compiler."""

import os

from setuptools import Extension, setup

sanitizers = os.environ.get("V7M_SANITIZE", "")
flags = [f"-fsanitize={sanitizers}", "-fno-omit-frame-pointer", "-g"] if sanitizers else []

native = "emulator/engine/native"
accelerator = (
    *("hooks", "run", "exceptions", "memory", "registers", "steady", "system_space", "noted", "tables", "module"),
    *("block_counts", "block_log", "threads", "switches"),
)
extensions = {"accelerator": accelerator, "register_trace": ("register_trace",), "sameness": ("sameness",)}

setup(
    ext_modules=[
        Extension(
            f"emulator.engine._{name}",
            [f"{native}/{file}.c" for file in files],
            depends=[f"{native}/{header}.h" for header in ("state", "blocks", "layout", "engine_calls")],
            extra_compile_args=["-std=c11", "-O2", "-Wall", "-Wextra", *flags],
            extra_link_args=flags,
            optional=True,
        )
        for name, files in extensions.items()
    ]
)
