import pytest

from ecg_synth.codec import DOMAINS, STANDARDIZATIONS, EcgImageCodec, codec_from_config
from ecg_synth.codec.rebuild import from_config
from ecg_synth.errors import InputError


@pytest.mark.parametrize("name", list(STANDARDIZATIONS))
def test_every_standardization_comes_back(name):
    part = STANDARDIZATIONS[name](a=1, bits=16)
    again = from_config(STANDARDIZATIONS, part.get_config())
    assert type(again) is type(part)
    assert again.get_config() == part.get_config()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("adapted", "must be a table with its name and arguments. Received: standardization='adapted'"),
        ({"name": "adaptd"}, "Received: standardization='adaptd'. Did you mean 'adapted'"),
        ({"name": "adapted", "span": 3}, "The standardization 'adapted' cannot be built: .*span"),
        ({}, "Received: standardization=''"),
    ],
)
def test_refuses(config, message):
    with pytest.raises(InputError, match=message):
        from_config(STANDARDIZATIONS, config)
    with pytest.raises(InputError):
        codec_from_config({**EcgImageCodec().get_config(), "standardization": config})


def test_a_domain_of_another_name():
    with pytest.raises(InputError, match="Unknown domain. Received: domain='dst'. Did you mean 'dct'"):
        from_config(DOMAINS, {"name": "dst"})
