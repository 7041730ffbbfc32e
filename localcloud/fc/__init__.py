"""Function Compute: functions in warm processes of their own, called synchronously, from a queue, or by timers."""

from localcloud.fc.compute import FunctionCompute

__all__ = ["FunctionCompute"]
