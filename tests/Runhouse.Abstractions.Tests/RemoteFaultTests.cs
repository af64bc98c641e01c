namespace Runhouse.Tests;

public sealed class RemoteFaultTests
{
    private static readonly RemoteFault Fault = new()
    {
        TypeName = "Lab.OvenTooHotException",
        BaseTypeNames = ["System.InvalidOperationException", "System.SystemException"],
        Message = "1,200 degrees",
        StackTrace = "   at Lab.Oven.Heat()",
        Host = "oven-1",
        Worker = "w3",
        CallId = "17",
    };

    [Fact]
    public void A_remote_exception_is_what_its_remote_type_derives_from()
    {
        var error = new RemoteException(Fault, null);
        Assert.True(error.Is<InvalidOperationException>());
        Assert.True(error.Is<Exception>());
        Assert.False(error.Is<ArgumentException>());
    }

    [Fact]
    public void A_remote_exception_prints_the_remote_stack_and_where_it_was()
    {
        string text = new RemoteException(Fault, null).ToString();
        Assert.Contains("Lab.OvenTooHotException: 1,200 degrees", text, StringComparison.Ordinal);
        Assert.Contains("call 17 in worker w3 on host oven-1", text, StringComparison.Ordinal);
        Assert.Contains("at Lab.Oven.Heat()", text, StringComparison.Ordinal);
        Assert.Contains("call 17 in its caller ---", new RemoteException(Fault with { Host = "", Worker = "caller" }, null).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_attached_to_an_exception_of_another_type_is_found_again()
    {
        var error = new InvalidOperationException("1,200 degrees");
        Assert.Null(RemoteFault.Of(error));
        Fault.AttachTo(error);
        Assert.Same(Fault, RemoteFault.Of(error));
    }
}
