"""The local cloud as tests see it: a process of its own, its endpoints, and its control side."""

from localcloud.running import RunningCloud, running_cloud

__all__ = ["RunningCloud", "running_cloud"]
