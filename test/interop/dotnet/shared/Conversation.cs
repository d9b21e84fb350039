using System.Diagnostics;
using System.Text.Json;

namespace Tidegate.Interop;

/// <summary>
/// How a test drives one of these programs: the setup is an argument, then each line of standard input is a step, and each
/// step is answered by one line of JSON on standard output. The end of standard input ends the program.
/// </summary>
static class Conversation
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    /// <summary>Reads a setup or a step.</summary>
    public static T Read<T>(string text) =>
        JsonSerializer.Deserialize<T>(text, Json) ?? throw new InvalidDataException($"not a {typeof(T).Name}: {text}");

    /// <summary>Takes steps one by one until there are no more.</summary>
    public static async Task Answer<TStep>(Func<TStep, Task<object>> take)
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var step = Read<TStep>(line);
            Say(await Outcome(() => take(step)));
        }
    }

    /// <summary>What came of one piece of work: its value, or the exception as a caller sees it. Never throws.</summary>
    public static async Task<object> Outcome(Func<Task<object>> work)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var value = await work();
            return new { Ok = true, Seconds = watch.Elapsed.TotalSeconds, Value = value };
        }
        catch (Exception exception)
        {
            var type = exception.GetType().FullName;
            return new { Ok = false, Seconds = watch.Elapsed.TotalSeconds, Type = type, exception.Message, Chain = Chain(exception) };
        }
    }

    /// <summary>Writes one line.</summary>
    public static void Say(object what) => Console.Out.WriteLine(JsonSerializer.Serialize(what, Json));

    static IEnumerable<string> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return $"{exception.GetType().FullName}: {exception.Message}";
        }
    }
}
