import pytest

from ecg_synth.errors import InputError
from ecg_synth.registry import Registry


@pytest.fixture
def registry():
    registry = Registry("arrangement")
    registry.register("z")(1)
    registry.register("reversed")(2)
    return registry


def test_is_a_mapping_in_order_of_registration(registry):
    assert dict(registry) == {"z": 1, "reversed": 2}
    assert list(registry) == ["z", "reversed"]
    assert len(registry) == 2
    assert "z" in registry
    assert "y" not in registry


def test_decorator_returns_its_object():
    registry = Registry("model")

    @registry.register("fcn")
    class Fcn:
        pass

    assert registry["fcn"] is Fcn
    assert isinstance(Fcn, type)


def test_unknown_name_lists_the_valid_ones(registry):
    with pytest.raises(InputError) as caught:
        registry["revers"]
    assert str(caught.value) == (
        "Unknown arrangement. Received: arrangement='revers'. Did you mean 'reversed'? Valid: 'reversed', 'z'."
    )


def test_get_gives_the_default_as_every_mapping_does(registry):
    assert registry.get("z") == 1
    assert registry.get("nothing") is None
    assert registry.get("nothing", 3) == 3


def test_name_that_is_taken_is_refused_and_the_first_stays(registry):
    with pytest.raises(ValueError, match="The arrangement 'z' is registered twice"):
        registry.register("z")(3)
    assert registry["z"] == 1


def test_registries_are_apart(registry):
    assert "z" not in Registry("arrangement")
