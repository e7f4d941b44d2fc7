"""A SavedModel behind TensorFlow Serving's REST form: one process, one model, its versions swapped while it serves."""
