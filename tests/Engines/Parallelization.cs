// The tests start threads of their own, as many as the harts that they run, and some measure by time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
