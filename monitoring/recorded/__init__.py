"""What went in and came out of calls, for the servers that are told to keep it.

Promises: nothing reaches the queue before it is masked; what is kept is bounded in size and in time;
whatever goes wrong here, the call's audit event is written all the same. `masking` is pure and needs
no database; whoever masks asks `names` for the words, and hands what is masked to `keeping`.
"""
