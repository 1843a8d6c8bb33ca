import VigilCommands

@main
enum Vigil {
    static func main() async {
        await VigilProgram.run()
    }
}
