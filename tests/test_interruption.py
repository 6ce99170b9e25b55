from __future__ import annotations

import os
import signal
import threading

import pytest

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (signal.SIGINT, "interrupted"),
        (signal.SIGTERM, "terminated"),
        (signal.SIGHUP, "terminated"),
    ],
)
def test_a_signal_becomes_an_exception(number, state):
    from dlrun.interruption import (
        Interrupted,
        interruptible,
        stop_if_asked,
    )

    def run():
        os.kill(os.getpid(), number)
        stop_if_asked()

    with pytest.raises(Interrupted) as caught, interruptible():
        run()

    assert (caught.value.state, caught.value.exit_code) == (state, 128 + number)
    assert caught.value.message == f"stopped by {number.name}"


def test_nothing_on_the_way_takes_it_for_a_failure():
    from dlrun.interruption import Interrupted

    assert not issubclass(Interrupted, Exception)


def test_a_second_signal_ends_the_process():
    from dlrun.interruption import (
        Interrupted,
        interruptible,
        stop_if_asked,
    )

    inside = []

    def stop():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            stop_if_asked()
        finally:
            inside.extend(signal.getsignal(number) for number in SIGNALS)

    with pytest.raises(Interrupted), interruptible():
        stop()

    assert inside == [signal.SIG_DFL] * 3


def test_the_handlers_are_put_back():
    from dlrun.interruption import (
        Interrupted,
        interruptible,
    )

    before = [signal.getsignal(number) for number in SIGNALS]

    with pytest.raises(Interrupted), interruptible():
        os.kill(os.getpid(), signal.SIGINT)

    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_nothing_is_torn_apart_where_nobody_listens():
    from dlrun.interruption import Interrupted, interruptible

    done = []

    def run():
        os.kill(os.getpid(), signal.SIGINT)
        done.append("the block went on to its end")

    with pytest.raises(Interrupted), interruptible():
        run()

    assert done


def test_without_a_signal_nobody_is_stopped():
    from dlrun.interruption import interruptible, stop_if_asked

    with interruptible():
        stop_if_asked()
    stop_if_asked()


def test_another_thread_leaves_signals_alone():
    from dlrun.interruption import interruptible

    found = []

    def train():
        with interruptible():
            found.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=train)
    thread.start()
    thread.join()

    assert found == [before]


def test_a_run_under_nohup_outlives_its_terminal():
    from dlrun.interruption import interruptible

    found = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
            during = signal.getsignal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, found)

    assert during is signal.SIG_IGN
