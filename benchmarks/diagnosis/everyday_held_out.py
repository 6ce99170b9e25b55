"""Everyday trainings that figures are taken from: no rule is ever adjusted to them."""

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
_SHIFT = (
    {"RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1}},
    {"RandomRotation": 0.05},
)
_SHORT_STOP = {"EarlyStopping": {"patience": 3, "restore_best_weights": True}}
_PATIENT = {"EarlyStopping": {"patience": 20}}

CLASSES = (
    Setting(
        "penguins", "penguins", "a small net, scaled features",
        classify(rows("penguins"), hidden(16), 3, 40, 0.003),
    ),
    Setting(
        "penguins_unscaled", "penguins", "grams beside millimetres, as they come",
        classify(rows("penguins", scale=None), hidden(16), 3, 40),
    ),
    Setting(
        "penguins_default", "penguins", "ten epochs, as by default",
        classify(rows("penguins"), hidden(32), 3, 10),
    ),
    Setting(
        "penguins_few_validate", "penguins", "17 validation rows",
        classify(rows("penguins", 0.05), hidden(16, 16), 3, 60, 0.003),
    ),
    Setting(
        "penguins_low_rate", "penguins", "a learning rate of 0.00003",
        classify(rows("penguins"), hidden(32), 3, 50, 0.00003), far_rates=True,
    ),
    Setting(
        "wine_unscaled", "wine", "unscaled features, proline up to 1680",
        classify(rows("wine", 0.35, None), hidden(32), 3, 60),
    ),
    Setting(
        "wine_long", "wine", "200 epochs",
        classify(rows("wine", 0.35), hidden(32, 16), 3, 200, 0.003),
    ),
    Setting(
        "wine_stopping", "wine", "early stopping with restored weights",
        classify(rows("wine", 0.35), hidden(32), 3, 200, 0.01, callbacks=[STOPPING]),
    ),
    Setting(
        "wine_linear", "wine", "logistic regression",
        classify(rows("wine", 0.35), [], 3, 40, 0.01),
    ),
    Setting(
        "tumours_unscaled", "tumours", "unscaled features, areas up to 2500",
        classify(rows("tumours", scale=None), hidden(32, 16), 1, 30),
    ),
    Setting(
        "tumours_norm", "tumours", "batch normalisation instead of scaling",
        classify(
            rows("tumours", scale=None), [{"BatchNormalization": {}}, *hidden(16)], 1,
            25, 0.003,
        ),
    ),
    Setting(
        "tumours_dropout", "tumours", "dropout of a half",
        classify(rows("tumours"), hidden(32, 32, drop=0.5), 1, 40, 0.003),
    ),
    Setting(
        "tumours_wrong", "tumours", "15 % wrong labels, a wide net, 80 epochs",
        classify(rows("tumours_wrong"), hidden(64, 64), 1, 80, 0.003),
    ),
    Setting(
        "tumours_wrong_stopping", "tumours", "15 % wrong labels, early stopping",
        classify(
            rows("tumours_wrong"), hidden(64, 64), 1, 100, 0.003, callbacks=[STOPPING]
        ),
    ),
    Setting(
        "tumours_high_rate", "tumours", "a learning rate of 0.3",
        classify(rows("tumours"), hidden(32, 16), 1, 30, 0.3), far_rates=True,
    ),
    Setting(
        "affairs", "affairs", "survey answers, a small net",
        classify(rows("affairs"), hidden(16), 1, 25, 0.003),
    ),
    Setting(
        "affairs_wide", "affairs", "survey answers, a wide net, 100 epochs",
        classify(rows("affairs"), hidden(128, 64), 1, 100, 0.003),
    ),
    Setting(
        "affairs_unscaled", "affairs", "survey answers as they come",
        classify(rows("affairs", scale=None), hidden(16), 1, 20),
    ),
    Setting(
        "affairs_weights", "affairs", "balanced class weights",
        classify(rows("affairs"), hidden(16), 1, 25, 0.003, weights="balanced"),
    ),
    Setting(
        "election", "election", "whom people voted for",
        classify(rows("election"), hidden(8), 1, 40, 0.005),
    ),
    Setting(
        "election_long", "election", "two layers, 120 epochs",
        classify(rows("election"), hidden(64, 32), 1, 120, 0.003),
    ),
    Setting(
        "election_label", "election", "a column that is the label",
        classify(rows("election_label"), hidden(16), 1, 30, 0.003),
        apart=rows("election"), is_leak_seen=False,
    ),
    Setting(
        "parties", "election", "seven parties from little",
        classify(rows("parties"), hidden(32), 7, 40, 0.003),
    ),
    Setting(
        "parties_l2", "election", "seven parties, strong L2",
        classify(rows("parties"), hidden(32, **l2(0.1)), 7, 40, 0.003),
    ),
    Setting(
        "cuts", "diamonds", "the cut of a diamond",
        classify(rows("diamonds_cut"), hidden(32, 16), 5, 60, 0.003),
    ),
    Setting(
        "cuts_short", "diamonds", "four epochs",
        classify(rows("diamonds_cut"), hidden(32), 5, 4),
    ),
    Setting(
        "cuts_dropout", "diamonds", "dropout of 0.9",
        classify(rows("diamonds_cut"), hidden(32, 32, drop=0.9), 5, 40, 0.003),
    ),
    Setting(
        "cuts_sgd", "diamonds", "plain SGD of Keras",
        classify(rows("diamonds_cut"), hidden(32), 5, 30, 0.01, optimizer="SGD"),
    ),
    Setting(
        "births", "births", "189 births, noise mostly",
        classify(rows("births", 0.35), hidden(8), 1, 40, 0.005),
    ),
    Setting(
        "births_wide", "births", "189 births, a wide net, 150 epochs",
        classify(rows("births", 0.35), hidden(64, 64), 1, 150, 0.003),
    ),
    Setting(
        "births_thrice", "births", "each row three times in the file",
        classify(rows("births_thrice"), hidden(64, 64), 1, 80, 0.005),
        apart=rows("births"),
    ),
    Setting(
        "survey", "survey", "25 answers and an age",
        classify(rows("survey"), hidden(16), 1, 15, 0.003),
    ),
    Setting(
        "survey_dropout", "survey", "dropout and L2",
        classify(rows("survey"), hidden(32, drop=0.4, **l2(0.001)), 1, 40, 0.002),
    ),
    Setting(
        "survey_long", "survey", "two layers, 60 epochs",
        classify(rows("survey"), hidden(64, 64), 1, 60),
    ),
)  # fmt: skip

RARE = (
    Setting(
        "wilms20", "wilms", "one relapse in 21",
        classify(rows("wilms20"), hidden(16), 1, 20, 0.003),
    ),
    Setting(
        "wilms50", "wilms", "one relapse in 51",
        classify(rows("wilms50"), hidden(16), 1, 20, 0.003),
    ),
    Setting(
        "wilms20_weights", "wilms", "one in 21, balanced class weights",
        classify(rows("wilms20"), hidden(16), 1, 30, 0.003, weights="balanced"),
    ),
    Setting(
        "wilms50_focal", "wilms", "one in 51, the focal loss",
        classify(
            rows("wilms50"), hidden(16), 1, 30, 0.003, loss="binary_focal_crossentropy"
        ),
    ),
    Setting(
        "loans", "loans", "one refusal in eight",
        classify(rows("loans"), hidden(32), 1, 30),
    ),
    Setting(
        "loans20_unscaled", "loans", "one in 21, unscaled features",
        classify(rows("loans20", scale=None), hidden(32), 1, 30),
    ),
    Setting(
        "loans20_weights", "loans", "one in 21, class weights, 60 epochs",
        classify(rows("loans20"), hidden(32, 16), 1, 60, weights="balanced"),
    ),
    Setting(
        "loans_oversampled", "loans", "rare rows repeated before the split",
        classify(rows("loans_oversampled"), hidden(64, 32), 1, 80, 0.003),
        apart=rows("loans_fewer"),
    ),
)  # fmt: skip

NUMBERS = (
    Setting(
        "mass", "penguins", "grams to predict, unscaled",
        regress(rows("penguins_mass"), hidden(32), 60),
    ),
    Setting(
        "mass_scaled", "penguins", "grams to predict, scaled",
        regress(rows("penguins_mass", labels="y_scaled"), hidden(16), 60, 0.003),
    ),
    Setting(
        "diamonds", "diamonds", "dollars to predict, unscaled",
        regress(rows("diamonds"), hidden(64, 32), 60),
    ),
    Setting(
        "diamonds_scaled", "diamonds", "dollars to predict, scaled",
        regress(rows("diamonds", labels="y_scaled"), hidden(32, 16), 40, 0.003),
    ),
    Setting(
        "diamonds_absolute", "diamonds", "absolute errors, a decay at plateaus",
        regress(
            rows("diamonds", labels="y_scaled"), hidden(32), 50, 0.01,
            "mean_absolute_error", callbacks=[_PLATEAU],
        ),
    ),
    Setting(
        "schools", "schools", "test scores near 650, unscaled",
        regress(rows("schools"), hidden(32), 100),
    ),
    Setting(
        "schools_scaled", "schools", "test scores, scaled, early stopping",
        regress(
            rows("schools", labels="y_scaled"), hidden(32), 150, 0.003,
            callbacks=[STOPPING],
        ),
    ),
    Setting(
        "schools_unscaled", "schools", "features as they come, dollars beside shares",
        regress(rows("schools", scale=None, labels="y_scaled"), hidden(32), 60),
    ),
    Setting(
        "quakes", "quakes", "how many stations, the Huber loss",
        regress(rows("quakes", labels="y_scaled"), hidden(32), 40, 0.003, "huber"),
    ),
    Setting(
        "quakes_low_rate", "quakes", "a learning rate of 0.0001",
        regress(rows("quakes", labels="y_scaled"), hidden(16), 25, 0.0001),
        far_rates=True,
    ),
    Setting(
        "quakes_high_rate", "quakes", "a learning rate of 0.1",
        regress(rows("quakes", labels="y_scaled"), hidden(32, 32), 40, 0.1),
        far_rates=True,
    ),
    Setting(
        "ozone", "ozone", "111 days, 33 of them validate",
        regress(rows("ozone", labels="y_scaled"), hidden(32, 16), 150, 0.003),
    ),
    Setting(
        "ozone_few_validate", "ozone", "11 days validate, early stopping",
        regress(
            rows("ozone", 0.1, labels="y_scaled"), hidden(16), 200, 0.003,
            callbacks=[_SHORT_STOP],
        ),
    ),
    Setting(
        "grams", "births", "weights at birth from little",
        regress(rows("births_grams", 0.35, labels="y_scaled"), hidden(16), 60, 0.003),
    ),
    Setting(
        "males", "males", "eight rows of each man, on both sides",
        regress(rows("males", labels="y_scaled"), hidden(128, 128), 100, 0.002),
        apart=apart("males_apart", "y_scaled"),
    ),
    Setting(
        "males_apart", "males", "the men of validation are others",
        regress(apart("males_apart", "y_scaled"), hidden(32), 20),
    ),
)  # fmt: skip

SHAPED = (
    Setting(
        "mnist", "mnist", "two convolutions, scaled pixels",
        classify(rows("mnist", scale="minmax"), images(8, 16), 10, 12, 0.003),
    ),
    Setting(
        "mnist_pixels", "mnist", "pixels up to 255",
        classify(rows("mnist", scale=None), images(8, 16), 10, 10),
    ),
    Setting(
        "mnist_augmented", "mnist", "moved and turned images",
        classify(
            rows("mnist", scale="minmax"), images(8, 16), 10, 15, 0.003, augment=_SHIFT
        ),
    ),
    Setting(
        "mnist_wrong", "mnist", "a quarter of the labels wrong",
        classify(
            rows("mnist_wrong", scale="minmax"), images(16, units=64), 10, 25, 0.002
        ),
    ),
    Setting(
        "mnist_norm", "mnist", "batch normalisation and dropout",
        classify(
            rows("mnist", scale="minmax"), images(8, 16, norm=True, drop=0.3), 10, 12,
            0.003,
        ),
    ),
    Setting(
        "mnist_flat", "mnist", "a dense net, 5 epochs",
        classify(rows("mnist_flat", scale="minmax"), hidden(64), 10, 5),
    ),
    Setting(
        "mnist_few", "mnist", "120 train rows, a dense net, 60 epochs",
        classify(
            rows("mnist_flat", 0.4, "minmax", train=0.1), hidden(128), 10, 60, 0.002
        ),
    ),
    Setting(
        "francisco", "francisco", "temperatures six hours ahead, unscaled",
        regress(rows("francisco", scale=None, labels="y_scaled"), steps(8), 30),
    ),
    Setting(
        "francisco_gru", "francisco", "temperatures six hours ahead, a GRU",
        regress(rows("francisco", labels="y_scaled"), [{"GRU": 8}], 12, 0.01, batch=64),
    ),
    Setting(
        "carbon", "carbon", "parts per million near 340, unscaled",
        regress(rows("carbon", scale=None), ["Flatten", *hidden(32)], 40),
    ),
    Setting(
        "carbon_scaled", "carbon", "parts per million, scaled, patient stopping",
        regress(
            rows("carbon", labels="y_scaled"), steps(8), 60, 0.003, callbacks=[_PATIENT]
        ),
    ),
)  # fmt: skip

SETTINGS = (*CLASSES, *RARE, *NUMBERS, *SHAPED)
