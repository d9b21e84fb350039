using Tidegate.Interop;

// One end a word; its setup is the second argument. See Conversation.
var setup = args.Length == 2 ? args[1] : throw new ArgumentException("wanted: END SETUP");
switch (args[0])
{
    case "certificates":
        Conversation.Say(Conversation.Read<string[]>(setup).Select(Certificates.Make));
        break;
    case "tentacle":
        await Tentacle.Run(Conversation.Read<TentacleSetup>(setup));
        break;
    case "server":
        await OctopusServer.Run(Conversation.Read<ServerSetup>(setup));
        break;
    case var other:
        throw new ArgumentException($"no such end: {other}");
}
