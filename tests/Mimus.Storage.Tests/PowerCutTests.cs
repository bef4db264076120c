namespace Mimus.Storage.Tests;

/// <summary>The power goes off at any moment: the image opens, is in order, and has all that was flushed.</summary>
public sealed class PowerCutTests
{
    [Fact]
    public void What_was_flushed_is_there_after_a_power_cut()
    {
        var runs = FuzzBudget.Of(300, 5000);
        for (var run = 0; run < runs; run++)
        {
            var seed = FuzzBudget.Seed + run;
            try
            {
                CutOnce(seed, askQemu: QemuImg.IsThere && run % 25 == 0);
            }
            catch (Exception e) when (e is not PowerCutException)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }

    private static void CutOnce(int seed, bool askQemu)
    {
        var random = new Random(seed);
        var work = FlushedWork.Start(random);
        var file = new PowerCutFile(int.MaxValue);
        work.Create(file);
        file.Flush();
        file.CallsLeft = random.Next(10, 600);
        try
        {
            var disk = work.Open(file);
            for (var i = 0; i < 400; i++) work.Operate(disk);
            disk.Dispose();
            work.NoteFlush();
            file.CallsLeft = -1;
        }
        catch (PowerCutException)
        {
        }

        var image = new MemoryFile(file.AfterPowerCut(random));
        work.CheckAndRepair(image);
        if (askQemu) AskQemu(image);
    }

    private static void AskQemu(MemoryFile image)
    {
        var path = Path.Combine(Path.GetTempPath(), $"mimus-cut-{Guid.NewGuid():n}.qcow2");
        try
        {
            File.WriteAllBytes(path, image.Contents);
            var (status, output) = QemuImg.Run("check", "-U", path);
            Assert.True(status == 0 || output.Contains("below", StringComparison.Ordinal), output);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
