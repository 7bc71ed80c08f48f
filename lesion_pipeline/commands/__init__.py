"""The commands of `lesion`, one module each: HELP, add_arguments and run."""
