import threading
import time

import pytest

from ecg_synth.errors import InputError
from ecg_synth.sources.parallel import in_order, meanwhile


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order(workers):
    def slow(k):
        time.sleep(0.002 * (k % 3))
        return k * k

    assert list(in_order(slow, range(30), workers)) == [k * k for k in range(30)]


@pytest.mark.parametrize("workers", [1, 3])
def test_the_first_failure_in_order_ends_it(workers):
    def fail(k):
        if k == 2:
            time.sleep(0.01)
        if k >= 2:
            raise ValueError(str(k))
        return k

    found = in_order(fail, range(10), workers)
    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(ValueError, match="^2$"):
        next(found)


def test_only_a_few_are_begun_before_they_are_asked_for():
    begun = []
    found = in_order(begun.append, range(100), 2)
    next(found)
    time.sleep(0.02)
    assert len(begun) <= 4
    found.close()
    assert len(begun) <= 4


@pytest.mark.parametrize("workers", [0, -1, True, 1.5])
def test_no_worker(workers):
    with pytest.raises(InputError) as caught:
        list(in_order(str, [1], workers))
    assert str(caught.value) == f"There must be at least one worker. Received: workers={workers!r}."


class TestMeanwhile:
    def test_the_checks_error_ends_the_block(self):
        with pytest.raises(InputError, match="damaged"), meanwhile(lambda _: raise_(InputError("damaged"))):
            pass

    def test_it_comes_before_the_blocks_own(self):
        with pytest.raises(InputError, match="damaged"), meanwhile(lambda _: raise_(InputError("damaged"))):
            raise ValueError("cannot read")

    def test_the_blocks_own_error_when_the_check_is_content(self):
        with pytest.raises(ValueError, match="cannot read"), meanwhile(lambda _: None):
            raise ValueError("cannot read")

    def test_an_interruption_stops_the_check(self):
        seen = []
        with pytest.raises(KeyboardInterrupt), meanwhile(lambda stop: seen.append(stop.wait(10))):
            raise KeyboardInterrupt
        assert seen == [True]

    def test_they_run_at_once(self):
        started = threading.Event()
        with meanwhile(lambda _: started.set()):
            assert started.wait(10)


def raise_(error):
    raise error
