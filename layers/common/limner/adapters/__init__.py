"""AWS behind the ports: the only importers of boto3, named by technology."""
