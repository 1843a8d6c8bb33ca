import VigilExchangeServer

@main
enum CoinbaseSim {
    static func main() {
        SimProgram.run()
    }
}
