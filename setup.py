"""The one thing pyproject.toml cannot say: an extension that is left out where there is no C compiler."""

import os

from setuptools import Extension, setup

sanitizers = os.environ.get("V7M_SANITIZE", "")
flags = [f"-fsanitize={sanitizers}", "-fno-omit-frame-pointer", "-g"] if sanitizers else []

setup(
    ext_modules=[
        Extension(
            "emulator.machine._accelerator",
            ["emulator/machine/native/accelerator.c"],
            extra_compile_args=["-std=c11", "-O2", "-Wall", "-Wextra", *flags],
            extra_link_args=flags,
            optional=True,
        )
    ]
)
