"""The one thing pyproject.toml cannot say: extensions that are left out where there is no C compiler."""

import os

from setuptools import Extension, setup

sanitizers = os.environ.get("V7M_SANITIZE", "")
flags = [f"-fsanitize={sanitizers}", "-fno-omit-frame-pointer", "-g"] if sanitizers else []

setup(
    ext_modules=[
        Extension(
            f"emulator.machine._{name}",
            [f"emulator/machine/native/{name}.c"],
            extra_compile_args=["-std=c11", "-O2", "-Wall", "-Wextra", *flags],
            extra_link_args=flags,
            optional=True,
        )
        for name in ("accelerator", "register_trace")
    ]
)
