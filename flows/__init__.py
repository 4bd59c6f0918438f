"""The pipeline as Prefect flows: scheduled, observable, restartable; thin around `augment`.

prefect deployment run 'make-corpus/sample' --param samples='{"samples": 200}'
"""
