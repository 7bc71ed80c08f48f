"""Find images of different lesions that look alike."""
