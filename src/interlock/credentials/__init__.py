"""Secrets that nodes use: encrypted at rest, decrypted for one call, masked in everything that leaves it."""
