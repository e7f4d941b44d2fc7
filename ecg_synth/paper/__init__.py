"""ECGs on millimetre paper: laid out, drawn, distorted, each with its exact truth. Stands on `signals` alone."""
