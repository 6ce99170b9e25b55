from __future__ import annotations

import re

from dlrun.estimates import estimate
from dlrun.report.drawing.whisker import draw_whisker, whisker_frame


def test_an_interval_beyond_the_scale_ends_in_an_arrow():
    narrow = [estimate([0.5 + at / 100, 0.52 + at / 100]) for at in range(5)]
    wide = estimate([0.0, 1.0])
    frame = whisker_frame([*narrow, wide])

    pictures = [draw_whisker(frame, one) for one in (narrow[0], wide)]

    lines = [re.search(r'class="whisker" d="([^"]*)"', one)[1] for one in pictures]
    assert [line.count("M") for line in lines] == [1, 3]
