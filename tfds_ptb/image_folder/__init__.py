"""Any folder of pictures as images of one size."""
