"""The stylizer container: SageMaker's HTTP contract around the style engine."""
