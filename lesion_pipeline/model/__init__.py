"""Networks: building, embedding, training, predicting, exporting."""
