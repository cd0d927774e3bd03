# SPDX-License-Identifier: Apache-2.0
"""Python packages that compute: arrays, tables, pictures of them, models."""

from program import Program

PROGRAMS = [
    Program("numpy", "multiplies matrices with two threads, and in threads of its own", """
import concurrent.futures, numpy as np
a = np.arange(360000, dtype=float).reshape(600, 600) % 7
whole = a @ a
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    halves = list(pool.map(lambda rows: rows @ a, [a[:300], a[300:]]))
print(np.array_equal(np.vstack(halves), whole), round(float(np.linalg.norm(np.linalg.inv(np.eye(50) * 4))), 4))
""", "True 1.7678\n"),
    Program("pandas", "reads CSV, groups, joins, draws a plot into memory", """
import io, matplotlib
matplotlib.use("Agg")
import pandas as pd
sales = pd.read_csv(io.StringIO("city,day,sum\\n北京,2024-05-01,3\\n上海,2024-05-02,4\\n北京,2024-06-01,5\\n"), parse_dates=["day"])
print(sales.groupby("city")["sum"].sum().to_dict(), sales.resample("MS", on="day")["sum"].sum().tolist())
print(sales.merge(pd.DataFrame({"city": ["北京"], "code": [10]}), how="left")["code"].isna().sum())
png = io.BytesIO()
sales.plot(x="day", y="sum").get_figure().savefig(png)
print(png.getvalue()[:4], sales.to_json(orient="records", force_ascii=False)[:13])
""", "{'上海': 4, '北京': 8} [7, 5]\n1\nb'\\x89PNG' [{\"city\":\"北京\"\n"),
    Program("matplotlib", "saves a figure with a Chinese title", """
import matplotlib.pyplot as plt
from matplotlib import font_manager
import warnings
warnings.simplefilter("error")  # of a glyph that no font has
plt.rcParams["font.family"] = next(font.name for font in font_manager.fontManager.ttflist
                                   if font.name in ("Noto Sans CJK SC", "WenQuanYi Zen Hei", "Droid Sans Fallback"))
plt.title("销售额")
plt.bar(["a", "b"], [1, 2])
plt.savefig("figure.png"); plt.savefig("figure.svg")
print(open("figure.png", "rb").read(4), "<svg" in open("figure.svg").read())
""", "b'\\x89PNG' True\n"),
    Program("scikit-learn", "fits a forest and a grid search with n_jobs=2", """
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
x, y = make_classification(200, 8, random_state=1)
print(RandomForestClassifier(20, n_jobs=2, random_state=1).fit(x, y).score(x, y))
search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2, n_jobs=2).fit(x, y)
print(search.best_score_ > 0.7, len(search.cv_results_["params"]))
""", "1.0\nTrue 2\n"),
    Program("joblib", "runs a function with n_jobs=2", """
from joblib import Parallel, delayed
print(Parallel(n_jobs=2)(delayed(abs)(-n) for n in range(5)))
""", "[0, 1, 2, 3, 4]\n"),
    Program("scipy", "solves, integrates, transforms, optimises", """
import numpy as np
from scipy import fft, integrate, linalg, optimize, sparse, stats
print(linalg.solve([[3, 1], [1, 2]], [9, 8]).round(6), round(integrate.quad(np.sin, 0, np.pi)[0], 6))
print(round(optimize.minimize(lambda v: (v[0] - 2) ** 2, [0]).x[0], 3), round(float(stats.norm.cdf(0)), 2))
print(np.allclose(fft.ifft(fft.fft(np.arange(8), workers=2)).real, np.arange(8)), sparse.eye(3).sum())
""", "[2. 3.] 2.0\n2.0 0.5\nTrue 3.0\n"),
    Program("statsmodels", "fits a linear model", """
import numpy as np, statsmodels.api as sm
x = np.arange(20.0)
print(sm.OLS(3 * x + 1, sm.add_constant(x)).fit().params.round(3))
""", "[1. 3.]\n"),
    Program("polars", "filters and groups with its thread pool", """
import polars as pl
table = pl.DataFrame({"k": ["a", "b", "a"], "v": [1, 2, 3]})
print(table.lazy().group_by("k").agg(pl.col("v").sum()).sort("k").collect().to_dicts())
table.write_csv("t.csv"); print(pl.read_csv("t.csv").filter(pl.col("v") > 1).height)
""", "[{'k': 'a', 'v': 4}, {'k': 'b', 'v': 2}]\n2\n"),
    Program("pyarrow", "writes and reads Parquet, with threads", """
import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
pq.write_table(pa.table({"n": list(range(1000)), "s": ["文"] * 1000}), "t.parquet")
table = pq.read_table("t.parquet", use_threads=True)
print(table.num_rows, pc.sum(table["n"]).as_py(), table["s"][0].as_py())
""", "1000 499500 文\n"),
    Program("duckdb", "answers SQL over a CSV file", """
import duckdb
open("/tmp/t.csv", "w").write("a,b\\n1,x\\n2,y\\n3,x\\n")
print(duckdb.sql("SELECT b, sum(a) FROM '/tmp/t.csv' GROUP BY b ORDER BY b").fetchall())
duckdb.connect("/tmp/data.db").sql("CREATE TABLE t AS SELECT 1 AS a")
""", "[('x', 4), ('y', 2)]\n"),
    Program("opencv-python-headless", "resizes, blurs, encodes and decodes a picture", """
import cv2, numpy as np
picture = np.zeros((64, 64, 3), np.uint8)
cv2.circle(picture, (32, 32), 10, (0, 0, 255), -1)
ok, png = cv2.imencode(".png", cv2.GaussianBlur(cv2.resize(picture, (128, 128)), (3, 3), 0))
contours, _ = cv2.findContours(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
print(ok, cv2.imdecode(png, cv2.IMREAD_COLOR).shape, len(contours))
""", "True (128, 128, 3) 1\n"),
    Program("Pillow", "draws text, makes a thumbnail, saves JPEG and WebP", """
import io
from PIL import Image, ImageDraw, ImageFilter
image = Image.new("RGB", (200, 100), "white")
ImageDraw.Draw(image).text((10, 10), "text", fill="black")
image = image.filter(ImageFilter.BLUR)
image.thumbnail((50, 50))
for kind in ("JPEG", "WEBP", "PNG"):
    data = io.BytesIO(); image.save(data, kind)
    print(Image.open(data).format, Image.open(data).size)
""", "JPEG (50, 25)\nWEBP (50, 25)\nPNG (50, 25)\n"),
    Program("seaborn", "draws a heat map into memory", """
import io, matplotlib
matplotlib.use("Agg")
import numpy as np, seaborn as sns
data = io.BytesIO()
sns.heatmap(np.arange(9).reshape(3, 3)).get_figure().savefig(data)
print(data.getvalue()[:4])
""", "b'\\x89PNG'\n"),
    Program("plotly", "makes a figure and its JSON", """
import json, plotly.graph_objects as go
figure = go.Figure(go.Bar(x=["a", "b"], y=[1, 3]))
print(json.loads(figure.to_json())["data"][0]["type"], "<div" in figure.to_html(full_html=False))
""", "bar True\n"),
    Program("networkx", "finds a shortest path and a rank", """
import networkx as nx
graph = nx.Graph([("a", "b"), ("b", "c"), ("a", "d"), ("d", "e"), ("e", "c")])
print(nx.shortest_path(graph, "a", "c"), round(sum(nx.pagerank(graph).values()), 6))
""", "['a', 'b', 'c'] 1.0\n"),
    Program("sympy", "solves, differentiates, integrates", """
from sympy import diff, integrate, solve, symbols, sin
x = symbols("x")
print(solve(x**2 - 4, x), diff(x * sin(x), x), integrate(2 * x, x))
""", "[-2, 2] x*cos(x) + sin(x) x**2\n"),
]
