"""A reproducible benign/malignant classifier for dermoscopic images."""
