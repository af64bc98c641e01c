using RunhouseApp;

// A plain call: it runs in a worker of the host on this machine, and on any cluster that the configuration names.
Console.WriteLine(await Jobs.DescribeAsync("the worker"));

// A remote object keeps its state in its worker until it is disposed.
await using CounterRemote counter = await Counter.RemoteAsync(0);
await foreach (int number in counter.CountAsync(3))
    Console.WriteLine(number);
Console.WriteLine($"The worker counted to {await counter.GetValueAsync()}.");
