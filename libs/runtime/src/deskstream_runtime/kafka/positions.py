"""Positions in the log."""

from aiokafka import TopicPartition

Positions = dict[TopicPartition, int]
"""An offset for each partition: the next one to handle, or where the partition ends."""
