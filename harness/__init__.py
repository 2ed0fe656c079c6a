"""A benchmark and evaluation harness for CNN image classifiers.

What a plugin author imports: `hookimpl`, the nouns, the descriptors and the errors.
"""

from __future__ import annotations

from harness.errors import (
    DataError,
    HarnessError,
    ModelError,
    PluginError,
    StorageError,
    UnavailableError,
    UsageError,
)
from harness.hookspecs import hookimpl
from harness.offers import (
    Backend,
    Bounds,
    Command,
    Converter,
    Dataset,
    Executor,
    Metric,
    ModelSource,
    ReportFormat,
    Scenario,
    Sourced,
    SuiteFile,
)
from harness.session import Loaded, LoadOptions, Staged
from harness.types import (
    Actual,
    Artefact,
    Case,
    Contender,
    Encoding,
    Form,
    Geometry,
    Group,
    Job,
    Manifest,
    Measurement,
    ModelRequest,
    Node,
    Parameters,
    Published,
    Record,
    Sample,
    Subset,
)

__version__ = "0.1.0"

__all__ = [
    "Actual",
    "Artefact",
    "Backend",
    "Bounds",
    "Case",
    "Command",
    "Contender",
    "Converter",
    "DataError",
    "Dataset",
    "Encoding",
    "Executor",
    "Form",
    "Geometry",
    "Group",
    "HarnessError",
    "Job",
    "LoadOptions",
    "Loaded",
    "Manifest",
    "Measurement",
    "Metric",
    "ModelError",
    "ModelRequest",
    "ModelSource",
    "Node",
    "Parameters",
    "PluginError",
    "Published",
    "Record",
    "ReportFormat",
    "Sample",
    "Scenario",
    "Sourced",
    "Staged",
    "StorageError",
    "Subset",
    "SuiteFile",
    "UnavailableError",
    "UsageError",
    "hookimpl",
]
