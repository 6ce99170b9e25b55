"""The sections of a comparison: one module each, with all that is known of it.

A section says the same in a terminal, on the page, in Markdown and in JSON, and the
renderings do no more than loop over `SECTIONS`.
"""

from __future__ import annotations

from typing import Final

from dlrun.report.sections.advice import ADVICE
from dlrun.report.sections.caveat import CAVEATS
from dlrun.report.sections.config import CONFIGS
from dlrun.report.sections.curve import CURVES
from dlrun.report.sections.effect import EFFECTS
from dlrun.report.sections.finding import FINDINGS
from dlrun.report.sections.gain import GAINS
from dlrun.report.sections.group import GROUPS
from dlrun.report.sections.landscape import LANDSCAPE
from dlrun.report.sections.marginal import MARGINALS
from dlrun.report.sections.output import OUTPUTS
from dlrun.report.sections.provenance import PROVENANCE
from dlrun.report.sections.run import RUNS
from dlrun.report.sections.search import (
    CONFIRMATION,
    COURSE,
    FRONT,
    IMPORTANCES,
    PARALLEL,
    TRIALS,
)
from dlrun.report.sections.section import ReportSection
from dlrun.report.sections.verdict import VERDICT

SECTIONS: Final[tuple[ReportSection, ...]] = (
    VERDICT,
    CAVEATS,
    COURSE,
    FRONT,
    CONFIRMATION,
    IMPORTANCES,
    PARALLEL,
    TRIALS,
    GROUPS,
    OUTPUTS,
    CURVES,
    FINDINGS,
    GAINS,
    LANDSCAPE,
    EFFECTS,
    MARGINALS,
    CONFIGS,
    ADVICE,
    PROVENANCE,
    RUNS,
)
"""In the order in which they are read."""
