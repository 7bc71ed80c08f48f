"""Score predictions of any network against labels."""
