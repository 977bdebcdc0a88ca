"""Pages are for everybody."""

from house.access.matrix import everyone

ROWS = (
    everyone("GET /"),
    everyone("GET /docs"),
    everyone("GET /redoc"),
    everyone("GET /openapi.json"),
    everyone("GET /assets/redoc.standalone.js"),
    everyone("GET /problems"),
    everyone("GET /problems/{code}", at="/problems/not-found"),
    everyone("GET /favicon.ico", 301),
    everyone("GET /robots.txt"),
    everyone("GET /health/live"),
    everyone("GET /health/ready"),
)
