using QuickStart;
using Runhouse;

const string Name = "digits-best";
const double Wanted = 0.97;

// <main>
DigitSplit data = await Preparation.PrepareAsync(everyNthIsHeldOut: 5);    // a plain call: it runs in a worker

if (args.Contains("--attach"))
{
    await using var kept = await DigitClassifier.Remote.AttachAsync(Name);   // the live object that another process left there
    return await ReportAsync(kept, "attached to");
}

Console.WriteLine($"caller: process {Environment.ProcessId}");
var candidates = await Task.WhenAll(                                       // two objects train side by side
    TrainAsync(new TrainingSettings(Units: 48, LearningRate: 0.05f, Seed: 1)),
    TrainAsync(new TrainingSettings(Units: 128, LearningRate: 0.10f, Seed: 2)));

var best = candidates.MaxBy(candidate => candidate.Accuracy)!;
await using var classifier = await DigitClassifier.Remote                    // the better one is kept by name
    .Named(Name, NameConflict.Replace)
    .CreateAsync(best.Network, best.Settings);
return await ReportAsync(classifier, "kept");

async Task<(TrainingSettings Settings, Network Network, double Accuracy)> TrainAsync(TrainingSettings settings)
{
    await using var classifier = await DigitClassifier.RemoteAsync(Network.Random(settings.Units, new Random(settings.Seed)), settings);
    double accuracy = 0;
    await foreach (EpochResult epoch in classifier.TrainAsync(data, epochs: 30))
    {
        Console.WriteLine($"{settings.Units,3} units, epoch {epoch.Epoch,2}: loss {epoch.Loss:F4}, accuracy {epoch.Accuracy:P2}");
        accuracy = epoch.Accuracy;
    }

    return (settings, await classifier.ExportAsync(), accuracy);
}

// </main>

async Task<int> ReportAsync(DigitClassifierRemote classifier, string how)
{
    Evaluation evaluation = await classifier.EvaluateAsync(data.HeldOut);
    Console.WriteLine(
        $"{how} '{Name}' in worker process {await classifier.GetProcessIdAsync()}, caller process {Environment.ProcessId}: "
        + $"accuracy {evaluation.Accuracy:P2} on {evaluation.Images} held-out images");
    if (evaluation.Accuracy >= Wanted)
        return 0;
    Console.Error.WriteLine($"The accuracy is below {Wanted:P0}: the training did not converge. Run it again and compare the losses.");
    return 1;
}
