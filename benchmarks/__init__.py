"""Speed and memory of drumlin beside other programs and beside the machine's peak, in one run."""
