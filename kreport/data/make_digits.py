"""Write digits.npz from the copy of the data set that scikit-learn ships: python kreport/data/make_digits.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
target = Path(__file__).with_name("digits.npz")
np.savez_compressed(target, images=digits.images.astype(np.uint8), labels=digits.target.astype(np.uint8))
print(f"{target.name}: {len(digits.target)} images, {target.stat().st_size:,} bytes")
