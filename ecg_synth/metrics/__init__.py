"""The judge: how good, how varied and how useful synthetic ECGs are, each figure beside its floor and ceiling."""
