"""How much disk, memory and time the stages will take here, before they run."""
