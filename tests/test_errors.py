import pytest

from ecg_synth.errors import EcgSynthError, InputError, StorageError, check_choice, check_seed, unknown_name


def test_command_line_catches_all_by_one_base():
    assert issubclass(InputError, (EcgSynthError, ValueError))
    assert issubclass(StorageError, EcgSynthError)
    assert issubclass(StorageError, OSError)


class TestUnknownName:
    def test_whole_message(self):
        error = unknown_name("arrangement", "revered", ["z", "transposed", "reversed"])
        assert isinstance(error, InputError)
        assert str(error) == (
            "Unknown arrangement. Received: arrangement='revered'. Did you mean 'reversed'? "
            "Valid: 'reversed', 'transposed', 'z'."
        )

    def test_no_hint_when_nothing_is_near(self):
        assert str(unknown_name("lead", "xyz", ["i", "ii"], "record s1")) == (
            "Unknown lead in record s1. Received: lead='xyz'. Valid: 'i', 'ii'."
        )

    @pytest.mark.parametrize("received", ["healthy control", "HEALTHY CONTROL", "Healthy controls"])
    def test_case_does_not_hide_a_near_name(self, received):
        assert "Did you mean 'Healthy control'?" in str(unknown_name("diagnosis", received, ["Healthy control", "FCN"]))

    def test_upper_case_name_is_near_its_lower_case(self):
        assert "Did you mean 'FCN'?" in str(unknown_name("model", "fcn", ["FCN", "DCGAN"]))

    @pytest.mark.parametrize("received", [None, 3, ("i",)])
    def test_any_object_may_be_received(self, received):
        assert f"Received: lead={received!r}." in str(unknown_name("lead", received, ["i"]))

    def test_empty_list(self):
        assert str(unknown_name("model", "x", [])).endswith("Valid: none.")


def test_check_choice():
    assert check_choice("method", "zip", iter(["files", "zip"])) == "zip"
    with pytest.raises(InputError, match="Did you mean 'files'"):
        check_choice("method", "fles", iter(["files", "zip"]))


class TestCheckSeed:
    @pytest.mark.parametrize("seed", [0, 1, 2**31, 2**32 - 1])
    def test_range_is_accepted(self, seed):
        assert check_seed(seed) == seed

    @pytest.mark.parametrize("seed", [-1, 2**32, 1.0, "1", None, True, False])
    def test_others_are_refused(self, seed):
        with pytest.raises(InputError, match=r"integer from 0 to 4294967295 .*Received: seed="):
            check_seed(seed)
