namespace Runhouse.Providers.Machines;

/// <summary>The machines behind those of a cloud that tests ask.</summary>
public interface IFakeMachines : IAsyncDisposable
{
    /// <summary>Starts one, and has it do what its user data says when it first starts; one that was stopped and has kept its disk goes on with that.</summary>
    /// <param name="machine">What the cloud says about it.</param>
    /// <returns>Its address.</returns>
    Task<string> StartAsync(FakeMachine machine);

    /// <summary>Takes the power from one.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="keepsDisk">Whether its disk is there when it is started again.</param>
    Task StopAsync(string id, bool keepsDisk = false);

    /// <summary>Makes a disk of its own a device; its first time it is blank. What is on it is there again when it is attached again.</summary>
    /// <param name="disk">The disk.</param>
    Task AttachAsync(FakeDisk disk);

    /// <summary>Takes a disk away, whose machine is gone.</summary>
    /// <param name="disk">Its id.</param>
    void Detach(string disk);
}
