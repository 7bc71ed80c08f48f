"""Bring a collection to this machine: a folder, Dataverse, ISIC or Kaggle."""
