import time
from banyan.core.access.actor import system_actor
from banyan.core.access.founding import add_administrator, found_organization
from banyan.core.configuration.templates import apply_industry
from banyan.core.configuration.applying import plan_of
from banyan.core.configuration.documents import current_document, write_document, read_document
from banyan.core.configuration.demo_records import remove_demo_records
from banyan.core.tenancy.scope import organization_scope
import os
import pytest
@pytest.mark.parametrize("key", os.environ.get("KEYS","manufacturing").split(","))
@pytest.mark.parametrize("language", ["zh-hans","en"])
def test_it(db, key, language):
    o = found_organization(name="New", language=language)
    add_administrator(o, name="Ada", email="ada@new.test", password="correct horse battery")
    with organization_scope(o.pk):
        a = system_actor(o)
        t=time.time()
        import cProfile, pstats
        p=cProfile.Profile(); c=time.process_time(); p.enable()
        done = apply_industry(a, key, with_demo_data=True)
        p.disable(); print("CPU", time.process_time()-c); pstats.Stats(p).sort_stats("cumtime").print_stats(45)
        print("TIME", time.time()-t, done.plan.counts())
        doc = current_document(o)
        text = write_document(doc)
        again = plan_of(a, read_document(text), removes_extra=True)
        assert again.is_empty, [(s.name, s.change.changed()) for s in again.steps]
        print(remove_demo_records(a))
        apply_industry(a, key)
        before = plan_of(a, read_document(text))
        assert {s.part.name for s in before.steps} == {"demo_records"}
