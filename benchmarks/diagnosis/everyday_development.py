"""Everyday trainings that rules may be adjusted to, on data sets of their own."""

from __future__ import annotations

from everyday_setting import (
    STOPPING,
    Setting,
    apart,
    classify,
    hidden,
    images,
    l2,
    regress,
    rows,
    steps,
)

_PLATEAU = {"ReduceLROnPlateau": {"factor": 0.3, "patience": 4}}
_SHIFT = ({"RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1}},)
_SHORT_STOP = {"EarlyStopping": {"patience": 3, "restore_best_weights": True}}
_PATIENT = {"EarlyStopping": {"patience": 20}}

CLASSES = (
    Setting(
        "iris", "iris", "a small net, 60 epochs",
        classify(rows("iris", 0.35), hidden(16), 3, 60, 0.005),
    ),
    Setting(
        "iris_default", "iris", "the rate of Keras, 20 epochs",
        classify(rows("iris", 0.35, None), hidden(16), 3, 20),
    ),
    Setting(
        "iris_few_validate", "iris", "15 validation rows, 150 epochs",
        classify(rows("iris", 0.1), hidden(16, 16), 3, 150, 0.003),
    ),
    Setting(
        "titanic", "titanic", "class, age and sex of 1316 people",
        classify(rows("titanic"), hidden(8), 1, 25, 0.005),
    ),
    Setting(
        "titanic_wide", "titanic", "coarse columns, a wide net, 100 epochs",
        classify(rows("titanic"), hidden(64, 64), 1, 100, 0.003),
    ),
    Setting(
        "titanic_weights", "titanic", "balanced class weights",
        classify(rows("titanic"), hidden(8), 1, 25, 0.005, weights="balanced"),
    ),
    Setting(
        "biopsy", "biopsy", "nine grades, logistic regression",
        classify(rows("biopsy"), [], 1, 40, 0.01),
    ),
    Setting(
        "biopsy_long", "biopsy", "two layers, 100 epochs",
        classify(rows("biopsy"), hidden(64, 32), 1, 100, 0.003),
    ),
    Setting(
        "biopsy_dropout", "biopsy", "dropout of a half",
        classify(rows("biopsy"), hidden(32, 32, drop=0.5), 1, 40, 0.003),
    ),
    Setting(
        "biopsy_label", "biopsy", "a column that is the label",
        classify(rows("biopsy_label"), hidden(16), 1, 30, 0.003),
        apart=rows("biopsy"), is_leak_seen=False,
    ),
    Setting(
        "biopsy_high_rate", "biopsy", "a learning rate of 0.5",
        classify(rows("biopsy"), hidden(32, 16), 1, 30, 0.5), far_rates=True,
    ),
    Setting(
        "mroz", "mroz", "who works, incomes scaled",
        classify(rows("mroz"), hidden(16), 1, 30, 0.003),
    ),
    Setting(
        "mroz_unscaled", "mroz", "incomes beside years, as they come",
        classify(rows("mroz", scale=None), hidden(32, 16), 1, 30),
    ),
    Setting(
        "mroz_wide", "mroz", "a wide net, 120 epochs",
        classify(rows("mroz"), hidden(128, 64), 1, 120),
    ),
    Setting(
        "mroz_l2", "mroz", "strong L2",
        classify(rows("mroz"), hidden(32, **l2(0.1)), 1, 40, 0.003),
    ),
    Setting(
        "crabs", "crabs", "four kinds from five measures",
        classify(rows("crabs", 0.35), hidden(16), 4, 60, 0.005),
    ),
    Setting(
        "crabs_default", "crabs", "the rate of Keras, 30 epochs",
        classify(rows("crabs", 0.35), hidden(32), 4, 30),
    ),
    Setting(
        "crabs_sgd", "crabs", "plain SGD of Keras, unscaled",
        classify(rows("crabs", 0.35, None), hidden(32), 4, 60, 0.01, optimizer="SGD"),
    ),
    Setting(
        "crabs_thrice", "crabs", "each row three times in the file",
        classify(rows("crabs_thrice"), hidden(32, 32), 4, 50, 0.005),
        apart=rows("crabs", 0.35),
    ),
    Setting(
        "pima", "pima", "seven measures, a small net",
        classify(rows("pima"), hidden(12), 1, 40, 0.003),
    ),
    Setting(
        "pima_unscaled", "pima", "seven measures as they come",
        classify(rows("pima", scale=None), hidden(32), 1, 40),
    ),
    Setting(
        "pima_stopping", "pima", "a wide net, early stopping",
        classify(rows("pima"), hidden(64, 64), 1, 100, 0.003, callbacks=[STOPPING]),
    ),
    Setting(
        "pima_few_validate", "pima", "27 validation rows",
        classify(rows("pima", 0.05), hidden(16), 1, 50, 0.003),
    ),
)  # fmt: skip

RARE = (
    Setting(
        "flchain20", "flchain", "one death in 21",
        classify(rows("flchain20"), hidden(16), 1, 20, 0.003),
    ),
    Setting(
        "flchain50", "flchain", "one death in 51",
        classify(rows("flchain50"), hidden(16), 1, 20, 0.003),
    ),
    Setting(
        "flchain20_weights", "flchain", "one in 21, balanced class weights",
        classify(rows("flchain20"), hidden(16), 1, 40, 0.003, weights="balanced"),
    ),
    Setting(
        "flchain50_focal", "flchain", "one in 51, the focal loss, unscaled",
        classify(
            rows("flchain50", scale=None), hidden(16), 1, 30,
            loss="binary_focal_crossentropy",
        ),
    ),
    Setting(
        "flchain_oversampled", "flchain", "rare rows repeated before the split",
        classify(rows("flchain_oversampled"), hidden(64, 32), 1, 80, 0.003),
        apart=rows("flchain_fewer"),
    ),
    Setting(
        "eights", "digits", "one eight in 21 digits",
        classify(rows("digits_eights", scale="minmax"), hidden(32), 1, 15),
    ),
)  # fmt: skip

NUMBERS = (
    Setting(
        "diabetes", "diabetes", "scores near 150, features scaled",
        regress(rows("diabetes"), hidden(32), 60),
    ),
    Setting(
        "diabetes_scaled", "diabetes", "scores scaled, noise mostly",
        regress(rows("diabetes", labels="y_scaled"), hidden(16), 40, 0.003),
    ),
    Setting(
        "diabetes_wide", "diabetes", "a wide net, 150 epochs",
        regress(rows("diabetes", labels="y_scaled"), hidden(64, 64), 150),
    ),
    Setting(
        "diabetes_stopping", "diabetes", "absolute errors, early stopping",
        regress(
            rows("diabetes", labels="y_scaled"), hidden(32, 16), 200, 0.003,
            "mean_absolute_error", callbacks=[STOPPING],
        ),
    ),
    Setting(
        "cars", "cars", "miles per gallon, 40 epochs",
        regress(rows("cars"), hidden(16), 40),
    ),
    Setting(
        "cars_unscaled", "cars", "weights in pounds, as they come",
        regress(rows("cars", scale=None), hidden(64, 64), 100),
    ),
    Setting(
        "cars_scaled", "cars", "both sides scaled",
        regress(rows("cars", labels="y_scaled"), hidden(32), 80, 0.003),
    ),
    Setting(
        "computers", "computers", "prices near 2200, unscaled",
        regress(rows("computers"), hidden(64), 50),
    ),
    Setting(
        "computers_scaled", "computers", "prices scaled, a decay at plateaus",
        regress(
            rows("computers", labels="y_scaled"), hidden(32, 32), 50, 0.01,
            callbacks=[_PLATEAU],
        ),
    ),
    Setting(
        "computers_low_rate", "computers", "a learning rate of 0.00003",
        regress(rows("computers", labels="y_scaled"), hidden(32), 30, 0.00003),
        far_rates=True,
    ),
    Setting(
        "computers_high_rate", "computers", "a learning rate of 0.1, Huber",
        regress(rows("computers", labels="y_scaled"), hidden(32, 32), 40, 0.1, "huber"),
        far_rates=True,
    ),
    Setting(
        "computers_dropout", "computers", "dropout of 0.9",
        regress(
            rows("computers", labels="y_scaled"), hidden(32, 32, drop=0.9), 40, 0.003
        ),
    ),
    Setting(
        "wages", "wages", "seven rows of each person, on both sides",
        regress(rows("wages", labels="y_scaled"), hidden(128, 128), 100, 0.002),
        apart=apart("wages_apart", "y_scaled"),
    ),
    Setting(
        "wages_apart", "wages", "the people of validation are others",
        regress(apart("wages_apart", "y_scaled"), hidden(32), 20),
    ),
)  # fmt: skip

SHAPED = (
    Setting(
        "digits", "digits", "two convolutions",
        classify(rows("digits_images", scale="minmax"), images(8, 16), 10, 15, 0.003),
    ),
    Setting(
        "digits_three", "digits", "three epochs",
        classify(rows("digits", scale="minmax"), hidden(32), 10, 3),
    ),
    Setting(
        "digits_augmented", "digits", "moved images, batch normalisation",
        classify(
            rows("digits_images", scale="minmax"), images(8, 16, norm=True), 10, 15,
            0.003, augment=_SHIFT,
        ),
    ),
    Setting(
        "digits_wrong", "digits", "a fifth of the labels wrong",
        classify(
            rows("digits_wrong", scale="minmax"), images(16, units=64), 10, 25, 0.002
        ),
    ),
    Setting(
        "digits_few", "digits", "96 train rows, 60 epochs",
        classify(rows("digits", 0.4, "minmax", train=0.08), hidden(64), 10, 60, 0.003),
    ),
    Setting(
        "seattle", "seattle", "tomorrow's temperature, a GRU",
        regress(rows("seattle", labels="y_scaled"), [{"GRU": 8}], 12, 0.01, batch=64),
    ),
    Setting(
        "seattle_rain", "seattle", "whether it rains tomorrow",
        classify(rows("seattle_rain"), ["Flatten", *hidden(32)], 1, 40, 0.003),
    ),
    Setting(
        "sunspots", "sunspots", "sunspots up to 250, unscaled",
        regress(rows("sunspots", scale=None), steps(8), 30),
    ),
    Setting(
        "sunspots_scaled", "sunspots", "sunspots, scaled, early stopping of patience 3",
        regress(
            rows("sunspots", labels="y_scaled"), steps(8), 60, callbacks=[_SHORT_STOP]
        ),
    ),
    Setting(
        "sunspots_wide", "sunspots", "a wide net, patient stopping",
        regress(
            rows("sunspots", labels="y_scaled"), ["Flatten", *hidden(128, 64)], 60,
            0.002, callbacks=[_PATIENT],
        ),
    ),
)  # fmt: skip

SETTINGS = (*CLASSES, *RARE, *NUMBERS, *SHAPED)
