module dev.torus/peers

go 1.21
