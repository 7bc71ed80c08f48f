"""Bring a collection to this machine: generated, from a folder, Dataverse, ISIC or Kaggle."""
