"""What every module may use: errors, labels, files, parameters, the frame of a stage."""
