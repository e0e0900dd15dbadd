"""Implementations of the ports with AWS, named by technology. Only these and bootstrap import boto3."""
