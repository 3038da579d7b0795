"""The sections of the report, one file each."""

from kreport.analyzers._base import Analyzer

__all__ = ["Analyzer"]
