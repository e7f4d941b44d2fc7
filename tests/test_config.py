import pytest

from ecg_synth.config import CodecConfig, TrainConfig
from ecg_synth.config_files import from_dict, from_toml, to_dict
from ecg_synth.errors import InputError


def test_round_trips_through_plain_dicts():
    config = TrainConfig(batch_size=7)
    assert from_dict(TrainConfig(), to_dict(config), "x") == config


def test_toml_overrides_nested_fields(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("batch_size = 60\n[model]\nfilters = [8, 16]\n")
    config = from_toml(TrainConfig(), path)
    assert config.batch_size == 60
    assert config.model.filters == (8, 16)
    assert config.model.latent_dim == 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "batchsize = 60",
            "Unknown field in .*run.toml .TrainConfig.. Received: field='batchsize'. Did you mean 'batch_size'",
        ),
        ("batch_size = 'many'", "'batch_size' of .* must be of type int. Received: batch_size='many'"),
        ("batch_size = ", "is not a TOML file"),
    ],
)
def test_bad_toml_names_file_field_and_value(tmp_path, text, message):
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        from_toml(TrainConfig(), path)
    assert str(path) in str(caught.value)


def test_missing_toml(tmp_path):
    with pytest.raises(InputError, match="There is no configuration file"):
        from_toml(TrainConfig(), tmp_path / "none.toml")


def test_codec_name_says_what_differs():
    assert CodecConfig().name == "i_adapted_z"
    assert CodecConfig(leads=("i", "ii"), fs=500.0).name == "i-ii_adapted_z_500hz"
