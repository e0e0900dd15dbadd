"""The stylizer container: the style engine behind SageMaker's HTTP contract."""
