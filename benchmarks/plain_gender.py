"""configs/gender.yaml as a person writes it with Keras alone."""

from __future__ import annotations

import keras
import numpy as np

features = np.array(
    [[150, 67], [130, 60], [200, 65], [125, 52], [230, 72], [181, 70]], dtype="float32"
)
labels = np.array([1, 1, 0, 1, 0, 0])

keras.utils.set_random_seed(42)
model = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(2, activation="sigmoid"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(1e-4),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(features, labels, batch_size=3, epochs=10, verbose=2)
model.save("gender.keras")
