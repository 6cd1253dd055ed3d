module benches

go 1.24
