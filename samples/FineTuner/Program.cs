using System.Threading.Channels;
using FineTuning;

const double Wanted = 0.97;
string folder = Directory.CreateTempSubdirectory("finetuner-").FullName;
try
{
    await using FineTunerRemote tuner = await FineTuner.RemoteAsync(channels: 16, seed: 1);
    Console.WriteLine($"caller: process {Environment.ProcessId}, worker: process {await tuner.GetProcessIdAsync()}");

    var saved = Channel.CreateUnbounded<Checkpoint>();
    Task<double> judging = Task.Run(async () =>
    {
        double best = 0;
        await foreach (Checkpoint checkpoint in saved.Reader.ReadAllAsync())
        {
            double accuracy = await tuner.EvaluateAsync(checkpoint.Weights);
            Console.WriteLine($"epoch {checkpoint.Epoch,2}: loss {checkpoint.Loss:F4}, accuracy {accuracy:P2}");
            best = Math.Max(best, accuracy);
        }

        return best;
    });

    await foreach (Checkpoint checkpoint in tuner.TrainAsync(epochs: 12))
    {
        await File.WriteAllBytesAsync(Path.Combine(folder, $"epoch-{checkpoint.Epoch:D2}.pt"), checkpoint.Weights);
        await saved.Writer.WriteAsync(checkpoint);
    }

    saved.Writer.Complete();
    double best = await judging;
    FileInfo[] files = new DirectoryInfo(folder).GetFiles();
    Console.WriteLine($"{files.Length} checkpoints, {files.Sum(file => file.Length):N0} bytes; best accuracy {best:P2} on held-out images");
    if (best >= Wanted)
        return 0;
    Console.Error.WriteLine($"The accuracy is below {Wanted:P0}: the training did not converge. Run it again and compare the losses.");
    return 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
